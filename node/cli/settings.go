package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Settings come from the command line, else from the environment (--log-level is
// METANET_LOG_LEVEL), else from the config file, whose keys are the flags' names.

// applyEnv fills the flags that the command line left alone. A METANET_ variable
// that no setting answers to only gets a warning, since it may be meant for
// another program.
func applyEnv(c *cobra.Command, environ []string) error {
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		key, ours := strings.CutPrefix(name, "METANET_")
		if !ours {
			continue
		}
		flag := strings.ReplaceAll(strings.ToLower(key), "_", "-")
		f := c.Flags().Lookup(flag)
		if f == nil && name == passphraseEnv {
			continue // a person's, for `metanet key`
		}
		if f == nil {
			fmt.Fprintf(c.ErrOrStderr(), "metanet: warning: %s is not a setting of `%s`\n", name, c.CommandPath())
			continue
		}
		if err := setUnlessChanged(f, value); err != nil {
			return fmt.Errorf("environment: %s: %w", name, err)
		}
		f.Changed = true
	}
	return nil
}

// applyFile fills the flags that command line and environment left alone. A
// misspelt key is an error: a setting that silently does nothing is worse than none.
func applyFile(flags *pflag.FlagSet, file string, mustExist bool) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !mustExist {
		return nil
	}
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	var settings map[string]any
	if err := yaml.Unmarshal(data, &settings); err != nil {
		return fmt.Errorf("config: %s: %w", file, err)
	}
	keys := make([]string, 0, len(settings))
	for key := range settings {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		f := flags.Lookup(key)
		if f == nil || key == "home" || key == "config" || key == "help" {
			return fmt.Errorf("config: %s: unknown setting %q", file, key)
		}
		for _, value := range settingValues(settings[key]) {
			if err := setUnlessChanged(f, value); err != nil {
				return fmt.Errorf("config: %s: %s: %w", file, key, err)
			}
		}
		f.Changed = true
	}
	return nil
}

// settingValues gives one string per value: a YAML list sets a repeatable flag
// several times.
func settingValues(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{fmt.Sprint(v)}
	}
	values := make([]string, len(list))
	for i := range list {
		values[i] = fmt.Sprint(list[i])
	}
	return values
}

// setUnlessChanged keeps what a stronger source has said. It leaves Changed
// alone, so that the values of one list don't shut each other out.
func setUnlessChanged(f *pflag.Flag, value string) error {
	if f.Changed {
		return nil
	}
	return f.Value.Set(value)
}
