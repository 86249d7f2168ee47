"""G.711, correlation and the ear's timeline."""

import numpy as np
import pytest

from api.demo.rtp import Ear, Mouth
from api.demo.sound import FRAME_SAMPLES, LAWS, SAMPLE_RATE, VOICES, Samples, alike, find, loudest, read_mono

KNOWN = {  # ITU-T G.191's reference gives the same
    "PCMU": {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xEF: 132, 0x8F: 16764, 0x90: 15996},
    "PCMA": {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0x85: 4224, 0x80: 5504},
}


def tone(hertz: float, seconds: float = 1.0, level: float = 8000) -> Samples:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * SAMPLE_RATE), dtype=np.int16)


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
class TestG711:
    def test_known_codes_have_their_values(self, law: str) -> None:
        for code, value in KNOWN[law].items():
            assert LAWS[law].decode(bytes([code]))[0] == value

    def test_every_code_comes_back_as_its_value(self, law: str) -> None:
        values = LAWS[law].decode(bytes(range(256)))
        assert np.array_equal(LAWS[law].decode(LAWS[law].encode(values)), values)

    def test_speech_survives_it(self, law: str) -> None:
        speech = read_mono(VOICES / "caller-1.wav")
        assert find(loudest(speech), LAWS[law].decode(LAWS[law].encode(speech))).score > 0.98

    def test_the_nearest_code_is_taken(self, law: str) -> None:
        samples = np.arange(-32768, 32767, 7).astype(np.int16)
        values = LAWS[law].decode(bytes(range(256))).astype(int)
        error = np.abs(LAWS[law].decode(LAWS[law].encode(samples)).astype(int) - samples)
        nearest = np.abs(values[None, :] - samples[:, None].astype(int)).min(axis=1)
        assert np.array_equal(error, nearest)


class TestFind:
    def test_a_sound_is_found_where_it_is_whatever_its_level(self) -> None:
        speech = read_mono(VOICES / "agent-1.wav")
        heard = np.concatenate((silence(1.5), speech // 4, silence(1)))
        match = find(speech, heard)
        assert match.score > 0.99
        assert match.at == pytest.approx(1.5)

    @pytest.mark.parametrize("other", ["agent-2.wav", "agent-3.wav", "caller-1.wav", "caller-2.wav"])
    def test_another_voice_is_not_taken_for_it(self, other: str) -> None:
        assert alike(read_mono(VOICES / "agent-1.wav"), read_mono(VOICES / other)) < 0.45

    def test_silence_is_like_nothing(self) -> None:
        assert find(tone(440), silence(3)).score == pytest.approx(0, abs=1e-6)
        assert find(silence(1), tone(440, 3)).score == 0

    def test_nothing_is_found_in_less_than_itself(self) -> None:
        assert find(tone(440, 2), tone(440, 1)).score == 0

    def test_a_voice_with_a_hiccup_is_still_known(self) -> None:
        speech = read_mono(VOICES / "agent-1.wav")
        stumbled = np.concatenate((speech[:6000], silence(0.13), speech[6000:13000], silence(0.07), speech[13000:]))
        assert find(speech, stumbled).score < 0.6
        assert alike(speech, stumbled) > 0.9

    def test_the_loudest_part_is_chosen(self) -> None:
        sound = np.concatenate((tone(300, 1, 500), tone(600, 1, 9000), tone(900, 1, 500)))
        assert np.array_equal(loudest(sound, 1.0), sound[SAMPLE_RATE : 2 * SAMPLE_RATE])


class TestEar:
    FRAME = np.full(FRAME_SAMPLES, 7, dtype=np.int16)

    def hear(self, ear: Ear, place: int, source: int = 1, origin: int = 0, seconds: float | None = None) -> None:
        at = place * 0.02 if seconds is None else seconds
        ear.hear(source, (origin + place * FRAME_SAMPLES) & 0xFFFFFFFF, self.FRAME, at)

    def test_a_lost_packet_leaves_a_gap_of_its_length(self) -> None:
        ear = Ear()
        for place in (0, 1, 3):
            self.hear(ear, place)
        assert [int(piece[0]) for piece in ear.samples().reshape(-1, FRAME_SAMPLES)] == [7, 7, 0, 7]
        assert ear.packets == 3

    def test_packets_out_of_order_fall_into_place(self) -> None:
        ear = Ear()
        for place in (0, 2, 1):
            self.hear(ear, place)
        assert np.all(ear.samples() == 7)

    def test_timestamps_may_wrap(self) -> None:
        ear = Ear()
        for place in range(4):
            self.hear(ear, place, origin=0xFFFFFFFF - FRAME_SAMPLES)
        assert len(ear.samples()) == 4 * FRAME_SAMPLES

    def test_another_source_goes_on_where_its_time_is(self) -> None:
        ear = Ear()
        self.hear(ear, 0)
        self.hear(ear, 0, source=2, origin=12345, seconds=1.0)
        self.hear(ear, 1, source=2, origin=12345, seconds=1.02)
        assert len(ear.samples()) == SAMPLE_RATE + 2 * FRAME_SAMPLES


def test_a_mouth_repeats_its_sentence_after_a_pause_and_can_start_over() -> None:
    mouth = Mouth(tone(440, 0.04), pause_seconds=0.02)
    said = [mouth.next_frame() for _ in range(4)]
    assert np.array_equal(said[0], said[3])
    assert not said[2].any()
    mouth.start_over()
    assert np.array_equal(mouth.next_frame(), said[0])
