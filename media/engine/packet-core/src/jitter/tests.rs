use super::*;
use crate::MILLISECOND;
use crate::codec::Decoder;
use crate::g711::Law;
use control_messages::Codec;

#[test]
fn an_even_stream_leaves_as_it_came_20_ms_later() {
    let mut buffer = JitterBuffer::new(8000);
    let mut decoder = Decoder::new(Codec::Pcma).unwrap();
    for n in 0..50u64 {
        let now = (1000 + n * 20) * MILLISECOND;
        let payload = [Law::Pcma.encode(1000); 160];
        let arrival =
            Arrival { generation: 0, number: n, timestamp: n as u32 * 160, kind: Kind::Audio, payload: &payload };
        buffer.put(&arrival, now);
        let heard = buffer.tick(&mut decoder, now);
        assert_eq!(heard.len(), 160);
        if n > 10 {
            assert_eq!(heard[0], Law::Pcma.decode(payload[0]))
        }
    }
    assert_eq!(buffer.delay_ms(), 20);
    assert_eq!(buffer.concealed_ms(), 0);
}
