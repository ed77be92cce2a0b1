"""How the world reaches a room: the command, the doors (REST, /yjs, Socket.IO) and the one place that wires them."""
