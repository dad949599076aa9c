"""The fields of `Mutation`: each takes one `input` and returns a payload with the object as it is afterwards."""
