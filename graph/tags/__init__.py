"""Dynamic tags (动态标签): rules as data files, evaluated on the graph; taggings with evidence and validity."""
