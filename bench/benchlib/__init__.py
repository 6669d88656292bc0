"""What the programs in bench/ share: finding the peers, running servers, reading /proc, printing tables."""
