// Pictures of the pretend daemon: a sky, a hill and a sun in colours that follow from a number,
// and how they look from afar.
import { rgbaToThumbHash, thumbHashToAverageRGBA } from 'thumbhash';

const hueOf = (number) => ((Number(number) || 5) * 67) % 360;

/** HSL, from 0 to 1 each, as bytes. */
function rgb(hue, saturation, lightness) {
  const channel = (n) => {
    const k = (n + hue / 30) % 12;
    const a = saturation * Math.min(lightness, 1 - lightness);
    return Math.round(255 * (lightness - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export function svg(number, wide) {
  const hue = hueOf(number);
  const [width, height] = wide ? [640, 360] : [400, 600];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue} 50% 22%)"/><stop offset="1" stop-color="hsl(${hue + 40} 60% 60%)"/></linearGradient></defs>
<rect width="${width}" height="${height}" fill="url(#sky)"/>
<circle cx="${width * 0.68}" cy="${height * 0.42}" r="${height * 0.13}" fill="hsl(${hue + 60} 90% 80%)"/>
<path d="M0 ${height} V${height * 0.7} Q${width * 0.3} ${height * 0.5} ${width * 0.6} ${height * 0.72} T${width} ${height * 0.68} V${height}Z" fill="hsl(${hue - 20} 45% 16%)"/>
</svg>`;
}

export function look(number, wide) {
  const hue = hueOf(number);
  const [width, height] = wide ? [32, 18] : [24, 36];
  const pixels = [];
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const down = y / height;
      const sun = Math.hypot(x - width * 0.68, y - height * 0.42) < height * 0.13;
      const colour = sun
        ? rgb(hue + 60, 0.9, 0.8)
        : down > 0.68
          ? rgb((hue + 340) % 360, 0.45, 0.16)
          : rgb(hue + 40 * down, 0.55, 0.22 + 0.38 * down);
      pixels.push(...colour, 255);
    }
  const hash = rgbaToThumbHash(width, height, pixels);
  const { r, g, b } = thumbHashToAverageRGBA(hash);
  const hex = (part) => Math.round(part * 255).toString(16).padStart(2, '0');
  return {
    colour: `#${hex(r)}${hex(g)}${hex(b)}`,
    preview: Buffer.from(hash).toString('base64'),
  };
}

/** The fields of a picture and of its look. */
export const pictured = (name, number, wide = false) => ({
  [name]: `/api/v1/pictures/${wide ? 'wide' : 'tall'}-${number}`,
  [`${name}_look`]: look(number, wide),
});
