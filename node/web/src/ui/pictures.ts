// A picture that another server's author posted may still be on its way here:
// ask again a few times, patiently, before leaving its description in its place.

const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000]
const tries = new WeakMap<HTMLImageElement, number>()

export function retryPictures(): void {
  // error events don't bubble, but they can be captured on their way down
  document.addEventListener('error', (e) => e.target instanceof HTMLImageElement && retry(e.target), true)
  for (const img of document.querySelectorAll<HTMLImageElement>('img[data-retry]')) {
    if (img.complete && img.naturalWidth === 0) retry(img)
  }
}

function retry(img: HTMLImageElement): void {
  if (!('retry' in img.dataset)) return
  const n = tries.get(img) ?? 0
  const wait = WAITS[n]
  if (wait === undefined) return
  tries.set(img, n + 1)
  setTimeout(() => (img.src = img.src), wait)
}
