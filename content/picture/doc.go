// Package picture makes pictures of pictures: one without metadata, and small ones.
//
// It takes JPEG, PNG, GIF and WebP from strangers. What it makes is encoded anew from
// the pixels, so that nothing of the file travels along: no place, no camera, no
// comment, no second file behind the first. The turn that a JPEG's Exif asks for is
// carried out first, or photographs would lie on their side.
//
// Sizes are read before pixels are: a few bytes can say that they are a wall of them.
// It keeps nothing, and knows no blobs and no records.
package picture
