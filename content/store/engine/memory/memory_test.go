package memory

import (
	"testing"

	"metanet/content/store/engine"
	"metanet/content/store/engine/enginetest"
)

func TestConformance(t *testing.T) {
	enginetest.Run(t, func(*testing.T) engine.Engine { return New() })
}
