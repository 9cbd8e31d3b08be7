"""When a whole undertaking of many plans is over: promised when it begins, dated anew as it goes, and told."""
