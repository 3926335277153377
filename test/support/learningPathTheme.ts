/**
 * A Hugo site in the manner of Arm's Learning Paths: the layout that all their pages name, the shortcodes that they use,
 * and a hook for images that centres them and sets their caption.
 */
export const LEARNING_PATH_SITE: Record<string, string> = {
  'config.toml': `baseURL = "/"
title = "Learning Paths"
disableKinds = ["RSS", "sitemap"]
[markup.goldmark.renderer]
unsafe = true
[taxonomies]
subject = "subjects"
skilllevel = "skilllevels"
armip = "armips"
operatingsystem = "operatingsystems"
tool_software_language = "tools_software_languages"
`,
  'content/learning-paths/_index.md': '---\ntitle: "Learning Paths"\n---\n',
  'layouts/index.html': '<!doctype html><title>{{ .Title }}</title>',
  'layouts/404.html': '<!doctype html><title>404</title>',
  'layouts/_default/single.html': '<!doctype html><title>{{ .Title }}</title>{{ .Content }}',
  'layouts/_default/list.html': '<!doctype html><title>{{ .Title }}</title>',
  'layouts/learning-paths/learningpathall.html': `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ .Title }}</title><link rel="icon" href="data:,"></head>
<body>
{{ $dir := .File.Dir }}
<nav><ol>
{{ range .Site.Pages.ByWeight }}{{ if .File }}{{ if eq .File.Dir $dir }}
<li><a href="{{ .RelPermalink }}">{{ .Title }}</a></li>
{{ end }}{{ end }}{{ end }}
</ol></nav>
<main>
{{ if eq .File.TranslationBaseName "_index" }}
  <h1>{{ .Title }}</h1>
  <dl>
    <dt>Skill level</dt><dd>{{ .Params.skilllevels }}</dd>
    <dt>Reading time</dt><dd>{{ if gt .Params.minutes_to_complete 0 }}{{ .Params.minutes_to_complete }} min{{ end }}</dd>
    <dt>Author</dt><dd>{{ delimit .Params.author ", " }}</dd>
    <dt>Arm IP</dt><dd>{{ range .Params.armips }}<span>{{ . }}</span>{{ end }}</dd>
    <dt>Tags</dt><dd>{{ .Params.subjects }} {{ range .Params.tools_software_languages }}<span>{{ . }}</span>{{ end }}</dd>
  </dl>
  <p class="who">{{ .Params.who_is_this_for }}</p>
  <ul class="objectives">{{ range .Params.learning_objectives }}<li>{{ . | markdownify }}</li>{{ end }}</ul>
  <ul class="prerequisites">{{ range .Params.prerequisites }}<li>{{ . | markdownify }}</li>{{ end }}</ul>
{{ else if eq .File.TranslationBaseName "_next-steps" }}
  <h1>{{ .Title }}</h1>
  {{ with .Site.GetPage $dir }}{{ range .Params.further_reading }}{{ with .resource }}<a href="{{ .link }}">{{ .title }}</a>{{ end }}{{ end }}{{ end }}
{{ else }}
  <h1>{{ .Title }}</h1>
  {{ .Content }}
{{ end }}
</main>
</body>
</html>
`,
  'layouts/_default/_markup/render-image.html': `{{- $path := .Destination -}}
{{- if not (in $path "https://") }}{{ $path = printf "/%s/%s" (path.Dir (trim .Page.RelPermalink "/")) .Destination }}{{ end -}}
{{- $class := cond (strings.HasSuffix .Text "#center") "centered" "" -}}
<img src="{{ $path | safeURL }}" alt="{{ replace .Text "#center" "" }}" class="{{ $class }}">
{{- with .Title }}<p class="caption {{ $class }}">{{ . }}</p>{{ end -}}
`,
  'layouts/shortcodes/notice.html': `{{ $title := delimit .Params " " }}<aside class="notice"><b>{{ $title | default "Tip" }}</b>

{{ .Inner }}

</aside>
`,
  'layouts/shortcodes/tabpane.html': '<div class="tabpane">{{ .Inner }}</div>\n',
  'layouts/shortcodes/tab.html': '<div class="tab"><b>{{ .Get "header" }}</b><pre>{{ .Inner }}</pre></div>\n',
};

/** Where a Learning Path lies in that site. */
export const LEARNING_PATH_FOLDER = 'content/learning-paths/servers/llama-run';
