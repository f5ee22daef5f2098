package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
)

//go:embed templates
var templateFiles embed.FS

// frame are the templates that every page is parsed with.
var frame = []string{"templates/layout.html", "templates/dialogs.html", "templates/parts.html", "templates/keys.html"}

// pages names the template of each kind of page.
var pages = []string{"timeline", "profile", "post", "policy", "about", "settings", "notifications", "search", "tag", "error"}

type templates map[string]*template.Template

func loadTemplates(a *assets) (templates, error) {
	base, err := template.New("web").Funcs(funcs(a)).ParseFS(templateFiles, frame...)
	if err != nil {
		return nil, fmt.Errorf("web: templates: %w", err)
	}
	out := templates{}
	for _, name := range pages {
		t, err := template.Must(base.Clone()).ParseFS(templateFiles, "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("web: templates: %w", err)
		}
		out[name] = t
	}
	return out, nil
}

// render writes a page whole or not at all: a template that fails halfway
// becomes an error page, not half a page.
func (h *Handler) render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := h.templates[name].ExecuteTemplate(&b, "layout", data); err != nil {
		h.logger.Error("render page", "page", name, "err", err)
		http.Error(w, "This page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // a reader who has left is no error of ours
}
