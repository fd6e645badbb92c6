//! What a scene needs and Workers would not have: files, and the baked results of simulations. Pure.

use farandole_protocol::api::FindingClass;

use super::Looked;
use super::finding::Finding;
use crate::files::missing;

/// Files that Workers would miss, and simulations that are not baked.
pub(super) fn findings(looked: &Looked<'_>) -> Vec<Finding> {
    let scene = looked.scene;
    let missing = missing(&scene.external, looked.way, looked.shared);
    let missing = missing.map(|text| Finding::Unless(FindingClass::MissingFiles, text));
    let unbaked = not_baked(&scene.unbaked);
    let unclear = unclear(&scene.unclear_bakes);
    [missing, unbaked, unclear].into_iter().flatten().collect()
}

fn not_baked(simulations: &[String]) -> Option<Finding> {
    let (is, it) = match simulations {
        [] => return None,
        [_] => ("is", "it"),
        _ => ("are", "them"),
    };
    let what = simulations.join(", ");
    Some(Finding::Unless(
        FindingClass::NotBaked,
        format!(
            "{what} {is} not baked: each chunk of frames begins its own simulation, and frames will look different\nbake {it} \
             in Blender, and save the file; or submit all the same: --allow not-baked"
        ),
    ))
}

fn unclear(simulations: &[String]) -> Option<Finding> {
    (!simulations.is_empty()).then(|| {
        Finding::Note(format!(
            "Blender does not tell whether these are baked: {}; if they are not, frames will look different, so bake them \
             in Blender, and save the file",
            simulations.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulations_that_are_not_baked_are_refused_unless_allowed() {
        let said = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            match not_baked(&names) {
                Some(Finding::Unless(FindingClass::NotBaked, text)) => text,
                other => panic!("{other:?}"),
            }
        };
        let one = said(&["the cloth of \"Flag\""]);
        assert!(
            one.starts_with("the cloth of \"Flag\" is not baked: "),
            "{one}"
        );
        assert!(one.ends_with("--allow not-baked"), "{one}");
        assert!(said(&["the cloth of \"A\"", "the fluid of \"B\""]).contains("\" are not baked"));
        assert_eq!(not_baked(&[]), None);
    }

    #[test]
    fn what_cannot_be_told_is_a_note() {
        assert!(matches!(unclear(&["x".to_owned()]), Some(Finding::Note(_))));
        assert_eq!(unclear(&[]), None);
    }
}
