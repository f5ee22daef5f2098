package dagcbor

// Check says whether b is exactly one canonical item.
func Check(b []byte) error {
	r := NewReader(b)
	r.Skip()
	return r.End()
}

// Skip consumes one item of any kind, checking all of it.
func (r *Reader) Skip() { r.skip(1) }

func (r *Reader) skip(level int) {
	switch r.Kind() {
	case Int:
		r.Integer()
	case Bytes:
		r.Bytes()
	case Text:
		r.Text()
	case Link:
		r.Link()
	case Bool:
		r.Bool()
	case Null:
		r.Null()
	case Float:
		r.Float()
	case Array:
		r.skipArray(level)
	case Map:
		r.skipMap(level)
	default:
		r.Fail("unknown or missing item")
	}
}

func (r *Reader) skipArray(level int) {
	if level > MaxDepth {
		r.Fail("nested too deeply")
	}
	for n := r.Array(); n > 0 && r.err == nil; n-- {
		r.skip(level + 1)
	}
}

func (r *Reader) skipMap(level int) {
	if level > MaxDepth {
		r.Fail("nested too deeply")
	}
	var key []byte
	for n := r.Map(); n > 0 && r.err == nil; n-- {
		key = r.Key(key)
		r.skip(level + 1)
	}
}
