"""The gateway as a service; the composition root builds and starts it.

    ports = GatewayPorts(engine=, bus=, database=, trunks=, prompts=, recordings=, push=, ids=, clock=)
    gateway = GatewayService(GatewaySettings(name=, host=, port=, announce=), ports)
    await gateway.start()        # after the engine's client was started; re-attaches, then opens the SIP sockets
    await gateway.close()        # closes the sockets and saves; no call ends, the engine goes on

`gateway.softphones` is the browsers' side: `await received(tenant, agent, message)`, and when an agent has no desk open
any more `await disconnected(tenant, agent)`. It answers through `DeskPush.push(tenant, agent, message)`.
`gateway.sip_port` is the bound port (for port 0), `gateway.figures()` gives counters by name. The Protocols are in
`gateway.app.ports`.
"""
