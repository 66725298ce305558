//! What to do about each error of a data file.

use super::data::DataErrorKind as Kind;

impl Kind {
    /// What the user can do about it.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::LabelIndex { columns, .. } => {
                return format!(
                    "set `data.label` to a column from 0 to {}, or to -1 for the last",
                    columns.saturating_sub(1)
                );
            }
            Self::NoLabelColumn {
                suggestion: Some(name),
                ..
            } => {
                return format!("did you mean `{name}`? Set `data.label = \"{name}\"`");
            }
            Self::NotANumber { text } if text.contains(',') => {
                return "write decimals with a point, and separate columns by the same character throughout".to_owned();
            }
            Self::IdxNoPartner { tried } if tried.is_empty() => {
                return "name the image file `…-images-idx3-ubyte` and the label file `…-labels-idx1-ubyte`, side by side".to_owned();
            }
            _ => {}
        }
        self.fixed_remedy().to_owned()
    }

    fn fixed_remedy(&self) -> &'static str {
        match self {
            Self::Missing => {
                "check the path (relative ones start at the current folder); for a training `mlp data fetch` gets MNIST, and `data.if_missing` may name a stand-in"
            }
            Self::CannotOpen(_) => "check that it is a file, and that you may read it",
            Self::CannotRead(_) => "check the disk or the connection, and try again",
            Self::CannotWrite(_) => {
                "check that the folder exists, that you may write there, and that the disk is not full"
            }
            Self::Empty => "fetch or write the file again",
            Self::HeaderOnly => "add rows below the header, or name another file",
            Self::NoFeatures => "add columns with numbers, or set `data.label` to another column",
            Self::ColumnCount { .. } => {
                "give every row as many columns as the first; quote text that holds the delimiter"
            }
            Self::FeatureCount { .. } => {
                "use a file with the columns the network was made for; its label column must go by the name that `data.label` had in the training"
            }
            Self::ColumnName { .. } => {
                "name the columns as the training file did, in any order; without a header they are taken one after the other"
            }
            Self::ImageFormat { .. } => "save the image as PNG",
            Self::ImageDamaged { .. } => "save or fetch the image again: it is cut off or damaged",
            Self::ImageTooLarge { .. } => "scale it down: a few hundred pixels a side are plenty",
            Self::ImageBlank => "give an image with ink, and paper all around it",
            Self::NoInk { .. } => "leave it to `auto`, or say the other: the image has such ink",
            Self::UnevenPaper => "light the paper evenly, or cut the image close to the ink",
            Self::NoImage => "name images, or give rows as .csv or IDX",
            Self::SeveralImages { first, .. } => first.fixed_remedy(),
            Self::NoImages => {
                "name a folder that holds .png, .jpg or .jpeg files, or name the files themselves"
            }
            Self::NotPixels { .. } => {
                "give a CSV file with the network's columns, or a run that was trained on square images"
            }
            Self::PixelValues => "give rows of a CSV file, or train the run again",
            Self::NotInStream { .. } => "give the name of a regular file instead of `-` or a pipe",
            Self::NotANumber { .. } => {
                "features must be numbers: correct or remove the cell, or encode text as numbers"
            }
            Self::NotFinite { .. } => {
                "write a finite number, or leave the cell empty and train with `data.missing` as \"mean\" or a number"
            }
            Self::OutOfRange { .. } => {
                "set `data.scale` to \"standard\" or \"none\", or correct the value"
            }
            Self::EmptyCell => {
                "fill the cell, or train with `data.missing` as \"mean\" or a number"
            }
            Self::EmptyLabel => "write the row's class into the cell, or remove the row",
            Self::NoLabelColumn { .. } => {
                "set `data.label` to one of these names, or to a number: 0 is the first column, -1 the last"
            }
            Self::LabelNeedsHeader { .. } => {
                "set `data.label` to a number: 0 is the first column, -1 the last; or add a line of column names"
            }
            Self::LabelIndex { .. } => "set `data.label` to a column that exists",
            Self::OneClass { .. } => {
                "add rows of another class, raise `data.limit`, or set `data.label` to another column"
            }
            Self::UnknownClass { .. } => {
                "correct the label, remove the row, or train again on rows that have this class"
            }
            Self::TooManyClasses { .. } => {
                "a class needs several rows: set `data.label` to the column of classes, not of measurements or identifiers"
            }
            Self::GzipTruncated => {
                "fetch or compress the file again: the download or the copy was interrupted"
            }
            Self::GzipDamaged(_) => "fetch or compress the file again: its bytes were changed",
            Self::IdxMagic { .. } => {
                "use an IDX file of unsigned bytes, which begins with 00 00 08, or a CSV file under another name"
            }
            Self::IdxRank { .. } => {
                "name the image file; the label file beside it is found by itself"
            }
            Self::IdxHeaderTruncated | Self::IdxSize { .. } => {
                "fetch the file again: it was cut off, or its header is damaged"
            }
            Self::IdxCounts { .. } => {
                "put the image file and the label file of the same set side by side"
            }
            Self::IdxNoPartner { .. } => "put the label file beside the image file",
            Self::IdxUnfit { .. } => {
                "write CSV instead (a name that ends in .csv or .csv.gz); IDX takes square images of bytes, classes \
                 0 to 255, and names like x-images-idx3-ubyte.gz"
            }
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::UnterminatedQuote => "close the quote; write a quote inside quotes twice (\"\")",
            Self::TextAfterQuote => {
                "put the whole cell in quotes; write a quote inside quotes twice (\"\")"
            }
            Self::CellTooLong { .. } => {
                "check that the file is CSV and that its rows end in line breaks"
            }
        }
    }
}
