"""Where the files of the tables lie: a folder or an object store, behind one contract."""
