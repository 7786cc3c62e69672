"""Bills on paper: a PDF in, what it says and how sure that is out. Pure; runs apart in a child process."""
