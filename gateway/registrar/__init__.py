"""The registrar for agents' telephones: pure, told the time; `gateway.app.telephones` gives it sockets and rows."""
