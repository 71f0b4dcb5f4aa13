"""Classes of other packages over this one. Each module imports its package: nothing here is imported by `swiftlet`."""
