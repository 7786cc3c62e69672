"""Measurements: each figure is printed beside a floor or a peer measured in the same run.

A subject is a module of this package with ``figures(options)``; `python -m benchmarks` finds it by its name. What a
figure is, and how two things are timed fairly against each other, is in `benchmarks.figure`; time and memory of whole
commands are in `benchmarks.command`.
"""
