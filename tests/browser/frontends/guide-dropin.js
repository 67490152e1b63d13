// What a frontend written to the guide puts in place of its own hook: ours, told the host and the token.
