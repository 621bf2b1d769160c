//! The stubs declare what the module exports.

/// Names that Rust adds to the module.
fn exported() -> Vec<String> {
    let module = include_str!("../src/lib.rs");
    let functions = module.lines().filter_map(|line| {
        let (_, rest) = line.split_once("wrap_pyfunction!(")?;
        Some(rest.split(',').next()?.rsplit("::").next()?.to_owned())
    });
    let classes = module.lines().filter_map(|line| {
        let (_, rest) = line.split_once("add_class::<")?;
        Some(rest.split('>').next()?.rsplit("::").next()?.to_owned())
    });
    functions.chain(classes).collect()
}

#[test]
fn every_export_has_a_stub() {
    let stubs = include_str!("../python/zkmargin/__init__.pyi");
    let package = include_str!("../python/zkmargin/__init__.py");
    let exported = exported();
    assert!(exported.len() > 8, "{exported:?}");
    for name in exported {
        let declared = [format!("def {name}("), format!("class {name}:")];
        assert!(declared.iter().any(|text| stubs.contains(text)), "{name} has no stub");
        assert!(package.contains(&format!("    \"{name}\",")), "{name} is not in __all__");
    }
}
