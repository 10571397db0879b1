"""The real thing, small and private: PostgreSQL, Redis, a region and its homes under one folder.

Shared by the demo, the benchmarks and the system tests. Only the standard library; everything listens on Unix
sockets or on free loopback ports, and is stopped by its pid.
"""
