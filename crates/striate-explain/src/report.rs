//! A report of pictures and tables in one HTML file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::png::PngEncoder;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page of pictures and tables that needs no server, no script and no other file.
#[derive(Debug, Clone, Default)]
pub struct Report {
    title: String,
    sections: Vec<Section>,
}

#[derive(Debug, Clone, Default)]
struct Section {
    heading: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Figure { caption: String, png: Vec<u8>, size: (u32, u32) },
    Table { head: Vec<String>, rows: Vec<Vec<String>> },
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:1100px;margin:2em auto;padding:0 1em;color:#222}\
h1{font-size:1.6em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ccc}\
figure{display:inline-block;margin:0 1em 1em 0;vertical-align:top;max-width:100%}\
figcaption{font-size:.85em;color:#555;max-width:40em}img{max-width:100%;height:auto;image-rendering:pixelated}\
table{border-collapse:collapse;margin:1em 0}th,td{border:1px solid #ccc;padding:.2em .6em;text-align:left}";

impl Report {
    /// An empty report.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), sections: Vec::new() }
    }

    /// Begins a section; what is added next stands in it.
    pub fn section(&mut self, heading: impl Into<String>) -> &mut Self {
        self.sections.push(Section { heading: heading.into(), parts: Vec::new() });
        self
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) -> &mut Self {
        self.add(Part::Text(text.into()))
    }

    /// Adds a picture. Small ones are shown larger.
    pub fn figure(&mut self, caption: impl Into<String>, picture: &RgbImage) -> &mut Self {
        let (width, height) = picture.dimensions();
        let zoom = (256 / width.max(height).max(1)).max(1);
        self.add(Part::Figure { caption: caption.into(), png: png(picture), size: (width * zoom, height * zoom) })
    }

    /// Adds a table.
    pub fn table<S: Into<String>>(
        &mut self,
        head: impl IntoIterator<Item = S>,
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> &mut Self {
        self.add(Part::Table { head: head.into_iter().map(Into::into).collect(), rows: rows.into_iter().collect() })
    }

    fn add(&mut self, part: Part) -> &mut Self {
        if self.sections.is_empty() {
            self.sections.push(Section::default());
        }
        if let Some(section) = self.sections.last_mut() {
            section.parts.push(part);
        }
        self
    }

    /// The page.
    pub fn to_html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (self.title) }
                    @for section in &self.sections {
                        section {
                            @if !section.heading.is_empty() { h2 { (section.heading) } }
                            @for part in &section.parts { (part.to_markup()) }
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

impl Part {
    fn to_markup(&self) -> Markup {
        match self {
            Self::Text(text) => html! { p { (text) } },
            Self::Figure { caption, png, size: (width, height) } => html! {
                figure {
                    img src={ "data:image/png;base64," (STANDARD.encode(png)) } alt=(caption) width=(width) height=(height);
                    figcaption { (caption) }
                }
            },
            Self::Table { head, rows } => html! {
                table {
                    thead { tr { @for cell in head { th { (cell) } } } }
                    tbody { @for row in rows { tr { @for cell in row { td { (cell) } } } } }
                }
            },
        }
    }
}

/// A picture as a PNG file's bytes.
fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Not by `write_to`, which takes the encoders of all formats along.
    let encoded = picture.write_with_encoder(PngEncoder::new(&mut bytes));
    encoded.expect("a picture of bytes can be written to memory as PNG");
    bytes
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn report_holds_its_pictures_and_shows_markup_as_text() {
        let mut report = Report::new("<b>of</b> & all");
        report.text("before any section");
        let picture = RgbImage::from_pixel(3, 2, Rgb([1, 2, 3]));
        report
            .section("Maps")
            .figure("a \"map\" <script>", &picture)
            .table(["a", "b"], [vec!["1".into(), "<2>".into()]]);
        let html = report.to_html();
        assert!(html.starts_with("<!DOCTYPE html>") && html.contains("<h2>Maps</h2>"));
        assert!(html.contains("&lt;b&gt;of&lt;/b&gt; &amp; all") && html.contains("<td>&lt;2&gt;</td>"));
        assert!(!html.contains("<script") && !html.contains("http"), "nothing runs and nothing is fetched");
        let start = html.find("base64,").unwrap() + 7;
        let end = start + html[start..].find('"').unwrap();
        let bytes = STANDARD.decode(&html[start..end]).unwrap();
        assert_eq!(image::load_from_memory(&bytes).unwrap().to_rgb8(), picture);
    }
}
