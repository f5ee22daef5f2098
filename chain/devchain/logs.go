package devchain

import (
	"context"
	"log/slog"

	gethlog "github.com/ethereum/go-ethereum/log"
)

// routeLogs points go-ethereum's package-wide logger to l. The wrapping type is
// on purpose: gethlog.SetDefault also replaces slog's default, and with it the
// standard log package, when it is given the type that NewLogger returns.
func routeLogs(l *slog.Logger) {
	gethlog.SetDefault(struct{ gethlog.Logger }{gethlog.NewLogger(quieter{l.Handler()})})
}

// quieter passes go-ethereum's warnings on as they are and all else as debug:
// its info level tells of every block.
type quieter struct{ next slog.Handler }

// expected are warnings that say what we have asked for: a chain without peers,
// and one whose first block is still to come.
var expected = map[string]bool{
	"Head block is not reachable":                               true,
	"P2P server will be useless, neither dialing nor listening": true,
}

func (q quieter) level(l slog.Level) slog.Level {
	switch {
	case l >= slog.LevelError:
		return slog.LevelError // gethlog's "crit" is above error
	case l >= slog.LevelWarn:
		return slog.LevelWarn
	default:
		return slog.LevelDebug
	}
}

func (q quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return l > gethlog.LevelTrace && q.next.Enabled(ctx, q.level(l))
}

func (q quieter) Handle(ctx context.Context, r slog.Record) error {
	r.Level = q.level(r.Level)
	if expected[r.Message] {
		r.Level = slog.LevelDebug
	}
	if !q.next.Enabled(ctx, r.Level) {
		return nil
	}
	return q.next.Handle(ctx, r)
}

func (q quieter) WithAttrs(a []slog.Attr) slog.Handler { return quieter{q.next.WithAttrs(a)} }
func (q quieter) WithGroup(name string) slog.Handler   { return quieter{q.next.WithGroup(name)} }
