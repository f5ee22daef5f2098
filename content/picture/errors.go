package picture

import "errors"

var (
	// ErrFormat: not a picture of a format that is read here, or a broken one.
	ErrFormat = errors.New("picture: not a JPEG, PNG, GIF or WebP that can be read")
	// ErrTooLarge: more pixels than are decoded for a stranger.
	ErrTooLarge = errors.New("picture: too many pixels")
)
