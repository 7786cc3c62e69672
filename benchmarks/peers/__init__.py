"""What people keep readings in today, filled with the same readings and asked the same questions.

`python -m benchmarks.peers postgresql --size 1/100`. Each server is started on 127.0.0.1 with a folder of its own, and
ended afterwards. One that is not installed is said to be missing; nothing is installed.
"""
