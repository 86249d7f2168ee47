"""The gateway as a service; the composition root builds and starts it.

    ports = GatewayPorts(engine=, bus=, database=, trunks=, prompts=, recordings=, push=, ids=, clock=)
    gateway = GatewayService(GatewaySettings(name=, host=, port=, announce=), ports)
    await gateway.start()        # after the engine's client was made; re-attaches, then opens the SIP sockets
    await gateway.close()        # saves, closes the sockets; no call ends, the engine goes on

`gateway.softphones` is the browsers' side: `await received(tenant, agent, message)` and
`await disconnected(tenant, agent)`; it answers through `DeskPush.push(tenant, agent, message)`. `gateway.sip_port` is the bound port (for port 0).
`gateway.counters` are live figures. Protocols to satisfy are in `gateway.app.ports`.
"""
