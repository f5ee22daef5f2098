// Command plot draws what bench/large measured: it reads its lines on standard
// input and writes one SVG, with a point for each measured figure and both axes
// logarithmic.
//
//	plot --x records --figures home-popular,home-random --title "…" < large.tsv > plot.svg
//
// It draws the processor time of a read: the median, and the 99th percentile
// above it.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"html"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

func main() {
	x := flag.String("x", "records", "what grows: records, follows or followers")
	figures := flag.String("figures", "", "which figures, by comma")
	title := flag.String("title", "", "above the plot")
	follows := flag.Float64("follows", 0, "only lines of so many follows")
	least := flag.Float64("records", 0, "only lines of at least so many records")
	flag.Parse()
	p := plot{title: *title, x: *x}
	if err := p.read(os.Stdin, strings.Split(*figures, ","), *follows, *least); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
	fmt.Print(p.svg())
}

// columns of bench/large's lines, by what grows.
var columns = map[string]int{"records": 1, "follows": 2, "followers": 3}

const (
	followsColumn   = 2
	median, slowest = 7, 8 // of processor time
	lineColumns     = 9
)

type point struct{ x, median, slowest float64 }

type plot struct {
	title, x string
	names    []string
	series   map[string][]point
}

func (p *plot) read(r io.Reader, figures []string, follows, records float64) error {
	column, ok := columns[p.x]
	if !ok {
		return fmt.Errorf("nothing grows by %q", p.x)
	}
	p.names, p.series = figures, make(map[string][]point)
	for lines := bufio.NewScanner(r); lines.Scan(); {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != lineColumns || !slices.Contains(figures, cells[0]) {
			continue
		}
		var n [lineColumns]float64
		for i := 1; i < lineColumns; i++ {
			var err error
			if n[i], err = strconv.ParseFloat(cells[i], 64); err != nil {
				return fmt.Errorf("%q: %w", lines.Text(), err)
			}
		}
		if n[columns["records"]] < records || follows != 0 && n[followsColumn] != follows || n[column] <= 0 {
			continue
		}
		p.series[cells[0]] = append(p.series[cells[0]], point{n[column], n[median], n[slowest]})
	}
	if len(p.series) == 0 {
		return fmt.Errorf("no such figures: %s", strings.Join(figures, ", "))
	}
	for _, s := range p.series {
		slices.SortFunc(s, func(a, b point) int { return cmp.Compare(a.x, b.x) })
	}
	return nil
}

// Size of the drawing, and of its margins.
const (
	width, height           = 640, 360
	left, right, top, below = 60, 150, 40, 45
)

var colours = []string{"#1f6feb", "#cf222e", "#1a7f37", "#9a6700", "#8250df"}

// axis maps values to places, by their logarithm.
type axis struct{ low, high, from, to float64 }

// newAxis covers the values with whole decades.
func newAxis(low, high, from, to float64) axis {
	low, high = math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	return axis{low, max(high, low+1), from, to}
}

func (a axis) at(v float64) float64 {
	return a.from + (math.Log10(v)-a.low)/(a.high-a.low)*(a.to-a.from)
}

func (p *plot) svg() string {
	lowX, highX, lowY, highY := math.Inf(1), 0.0, math.Inf(1), 0.0
	for _, s := range p.series {
		for _, pt := range s {
			lowX, highX = min(lowX, pt.x), max(highX, pt.x)
			lowY, highY = min(lowY, pt.median), max(highY, pt.slowest)
		}
	}
	x, y := newAxis(lowX, highX, left, width-right), newAxis(lowY, highY, height-below, top)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><text x="%d" y="22" font-size="14">%s</text>`+"\n", width, height, left, html.EscapeString(p.title))
	p.grid(&b, x, y)
	for i, name := range p.names {
		drawSeries(&b, name, p.series[name], x, y, colours[i%len(colours)], top+18*i)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p *plot) grid(b *strings.Builder, x, y axis) {
	for d := x.low; d <= x.high; d++ {
		at := x.at(math.Pow(10, d))
		fmt.Fprintf(b, `<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			at, top, at, height-below, at, height-below+16, number(math.Pow(10, d)))
	}
	for d := y.low; d <= y.high; d++ {
		at := y.at(math.Pow(10, d))
		fmt.Fprintf(b, `<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%s ms</text>`+"\n",
			left, at, width-right, at, left-5, at+4, number(math.Pow(10, d)))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (left+width-right)/2, height-8, html.EscapeString(p.x))
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// drawSeries draws medians as a line with points, and from each up to the slowest.
func drawSeries(b *strings.Builder, name string, points []point, x, y axis, colour string, legend int) {
	var line []string
	for _, pt := range points {
		line = append(line, fmt.Sprintf("%.1f,%.1f", x.at(pt.x), y.at(pt.median)))
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-opacity=".4" stroke-width="3"/><circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n",
			x.at(pt.x), y.at(pt.median), x.at(pt.x), y.at(pt.slowest), colour, x.at(pt.x), y.at(pt.median), colour)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s"/>`+"\n", strings.Join(line, " "), colour)
	fmt.Fprintf(b, `<circle cx="%d" cy="%d" r="4" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
		width-right+14, legend, colour, width-right+24, legend+4, html.EscapeString(name))
}
