//! Many rows in few statements.

/// How many rows a statement inserts: few lengths, so that each is prepared once.
const LENGTHS: [usize; 4] = [64, 16, 4, 1];

/// Rows in parts that one statement each inserts, the longest first.
pub(crate) fn batches<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = LENGTHS.into_iter().find(|length| *length <= rows.len())?;
        let (batch, rest) = rows.split_at(length);
        rows = rest;
        Some(batch)
    })
}

/// `($1, $2), ($3, $4), …`: the places of the values of rows.
pub(crate) fn row_places(rows: usize, columns: usize) -> String {
    let row = |row: usize| format!("({})", super::sql::places_from(row * columns + 1, columns));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_batch_in_order() {
        for count in [0, 1, 5, 63, 64, 151] {
            let rows: Vec<usize> = (0..count).collect();
            let parts: Vec<_> = batches(&rows).collect();
            assert_eq!(parts.concat(), rows);
            assert!(parts.iter().all(|part| LENGTHS.contains(&part.len())));
        }
    }

    #[test]
    fn a_full_batch_takes_few_statements() {
        let rows = [(); 63];
        assert_eq!(batches(&rows).count(), 3 + 3 + 3);
    }

    #[test]
    fn places_count_on_from_row_to_row() {
        assert_eq!(row_places(2, 3), "($1, $2, $3), ($4, $5, $6)");
    }
}
