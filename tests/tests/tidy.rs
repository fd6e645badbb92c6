//! The house is tidy: see `src/tidy` for its rules, and for how each of them was tried.

use std::path::Path;

use farandole_tests::tidy::check;

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut count = 0;
    for (rule, findings) in check(&root).expect("the project can be read") {
        for finding in findings {
            println!("{finding}  [{rule}]");
            count += 1;
        }
    }
    assert_eq!(count, 0, "the house is not tidy, see above");
}
