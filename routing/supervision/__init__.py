"""Taking part in a call as a third: listen, whisper, barge. Pure; neither the call nor its agent changes by it."""
