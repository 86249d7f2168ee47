/** The element by which the agent hears the caller; browsers may refuse to start it before the first click. */

export class AudioOutput {
  private element: HTMLAudioElement | null = null;
  private stream: MediaStream | null = null;
  private sink = "";
  private readonly onBlocked: (blocked: boolean) => void;

  constructor(onBlocked: (blocked: boolean) => void) {
    this.onBlocked = onBlocked;
  }

  bind(element: HTMLAudioElement | null): void {
    this.element = element;
    void this.play();
  }

  show(stream: MediaStream | null): void {
    this.stream = stream;
    void this.play();
  }

  /** `deviceId` "" is the system's default; raises DOMException where the device is gone. */
  async choose(deviceId: string): Promise<void> {
    this.sink = deviceId;
    if (this.element !== null && "setSinkId" in this.element) await this.element.setSinkId(deviceId);
  }

  get chosen(): string {
    return this.sink;
  }

  async play(): Promise<void> {
    const element = this.element;
    if (element === null) return;
    if (element.srcObject !== this.stream) element.srcObject = this.stream;
    try {
      if (this.stream !== null) await element.play();
      this.onBlocked(false);
    } catch (error) {
      if (error instanceof Error && error.name === "NotAllowedError") this.onBlocked(true);
    }
  }
}
