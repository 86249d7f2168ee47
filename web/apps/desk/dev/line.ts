/** Who the scripted server talks with: the desk in one tab, the far end in another. */

export interface Line {
  send(text: string): void;
  close(code: number): void;
}

export interface FarEnd {
  offer(leg: string, sdp: string): void;
  transmit(on: boolean): void;
}
