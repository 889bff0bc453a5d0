//! A few lines at the end of a terminal, drawn again in place.

use std::io::{self, Write};

use crossterm::{
    QueueableCommand as _, cursor,
    style::{Attribute, Color, ResetColor, SetAttribute, SetForegroundColor},
    terminal::{self, Clear, ClearType},
};

use super::view::{Look, Styled};

/// Columns and rows where the terminal does not say.
const SIZE: (u16, u16) = (80, 24);

/// Columns and rows of the terminal.
pub fn size() -> (usize, usize) {
    let (columns, rows) = terminal::size().unwrap_or(SIZE);
    (usize::from(columns), usize::from(rows))
}

/// The end of a terminal. What was drawn last stays when it is dropped.
pub struct Screen<W: Write> {
    out: W,
    /// Lines that were drawn.
    drawn: u16,
}

impl<W: Write> Screen<W> {
    pub const fn new(out: W) -> Self {
        Self { out, drawn: 0 }
    }

    /// Draws lines in place of those before.
    pub fn draw(&mut self, lines: &[Styled]) -> io::Result<()> {
        // In one piece, so that no half of it is seen.
        let mut frame = Vec::with_capacity(4_096);
        frame
            .queue(terminal::BeginSynchronizedUpdate)?
            .queue(cursor::Hide)?;
        if self.drawn > 0 {
            frame.queue(cursor::MoveToPreviousLine(self.drawn))?;
        }
        for line in lines {
            for (look, text) in line {
                styled(&mut frame, *look, text)?;
            }
            frame
                .queue(Clear(ClearType::UntilNewLine))?
                .write_all(b"\r\n")?;
        }
        frame
            .queue(Clear(ClearType::FromCursorDown))?
            .queue(terminal::EndSynchronizedUpdate)?;
        self.out.write_all(&frame)?;
        self.out.flush()?;
        self.drawn = u16::try_from(lines.len()).unwrap_or(u16::MAX);
        Ok(())
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        // Where even that can't be written, nobody sees the cursor anyway.
        let _ = self.out.queue(cursor::Show).and_then(Write::flush);
    }
}

fn styled(frame: &mut Vec<u8>, look: Look, text: &str) -> io::Result<()> {
    match look {
        Look::Plain => return frame.write_all(text.as_bytes()),
        Look::Dim => frame.queue(SetAttribute(Attribute::Dim))?,
        Look::Fresh => frame.queue(SetAttribute(Attribute::Bold))?,
        Look::Unsure => frame.queue(SetForegroundColor(Color::Yellow))?,
    };
    frame.write_all(text.as_bytes())?;
    frame
        .queue(ResetColor)?
        .queue(SetAttribute(Attribute::Reset))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_replaces_the_one_before_and_the_cursor_comes_back() {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out);
        let line = |text: &str| vec![(Look::Plain, text.to_owned())];
        screen.draw(&[line("one"), line("two")]).unwrap();
        screen.draw(&[line("three")]).unwrap();
        drop(screen);
        let text = String::from_utf8(out).unwrap();
        let (first, second) = text.split_once("\u{1b}[2F").unwrap();
        assert!(
            first.contains("two") && second.contains("three"),
            "{text:?}"
        );
        assert!(text.ends_with("\u{1b}[?25h"), "{text:?}");
    }
}
