"""Who gets which call, and how waiting goes on: pure, told the time; `docs/queues.md` is the tenant's page of it."""
