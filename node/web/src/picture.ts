// A picture before it is uploaded: redrawn, so that the place and the camera
// written into the file stay with its owner, and small enough for every app.

/** app.bsky.embed.images takes at most 1,000,000 bytes a picture in the apps in use. */
const MAX_BYTES = 1_000_000
const MAX_SIDE = 2048
const QUALITIES = [0.9, 0.8, 0.65, 0.5]

export const MAX_PICTURES = 4

export interface Prepared {
  blob: Blob
  width: number
  height: number
}

export async function prepare(file: Blob): Promise<Prepared> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => {
    throw new Error('This browser cannot read that picture.')
  })
  try {
    for (let side = MAX_SIDE; side >= 512; side /= 2) {
      const drawn = draw(bitmap, side)
      for (const quality of QUALITIES) {
        const blob = await encode(drawn, quality)
        if (blob.size <= MAX_BYTES) return { blob, width: drawn.width, height: drawn.height }
      }
    }
  } finally {
    bitmap.close()
  }
  throw new Error('The picture cannot be made small enough.')
}

function draw(bitmap: ImageBitmap, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw the picture.')
  context.fillStyle = '#fff' // JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return canvas
}

const encode = (canvas: HTMLCanvasElement, quality: number): Promise<Blob> =>
  new Promise((resolve, reject) => {
    canvas.toBlob((b) => (b ? resolve(b) : reject(new Error('This browser cannot encode the picture.'))), 'image/jpeg', quality)
  })
