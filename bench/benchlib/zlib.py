"""Compression and its reverse: bench/zlib/zlib.lua with luvit, zlib.js with node and bun."""

from . import programs


def options(parser) -> None:
    """Adds this command's options."""
    programs.options(parser, "zlib", 0.25)


def run(arguments) -> None:
    """The `zlib` command."""
    programs.run(arguments, "zlib", "zlib/zlib", "zlib: MB (of uncompressed data) a second, on one core")
