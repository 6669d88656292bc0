"""Cryptography: bench/crypto/crypto.lua with luvit, crypto.js with node and bun."""

from . import programs


def options(parser) -> None:
    """Adds this command's options."""
    programs.options(parser, "crypto", 0.2)


def run(arguments) -> None:
    """The `crypto` command."""
    programs.run(arguments, "crypto", "crypto/crypto", "crypto: rates on one core")
