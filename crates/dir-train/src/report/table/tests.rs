//! Tables of made-up runs.

use dir_core::metric::{EvaluateOptions, NaturalWeights, TestSpread, evaluate, natural_errors, unseen};
use dir_core::shot::{Region, Shot};

use super::super::testing::assert_well_formed;
use super::*;
use crate::baselines::{Baseline, BaselineKind};
use crate::compare::{Areas, Gains, USUAL_METRICS};

const TARGETS: [f64; 2] = [1.0, 2.0];

fn run(seed: u64, shift: f64) -> Run {
    let shots = [Shot::Many, Shot::Few];
    let regions = evaluate(&TARGETS, &[1.0 + shift, 2.5], &[0, 1], &shots, &EvaluateOptions::default());
    Run { seed, folder: "x".into(), regions: regions.ok(), ..Run::default() }
}

/// The same, with no training row in the second bin.
fn run_unseen(seed: u64, shift: f64) -> Run {
    let unseen = unseen(&TARGETS, &[1.0 + shift, 2.5], &[0, 1], &[5, 0]).expect("valid");
    Run { unseen, ..run(seed, shift) }
}

fn method(title: &str, runs: Vec<Run>) -> MethodRuns {
    MethodRuns { method: title.to_lowercase(), title: title.into(), group: None, runs }
}

fn comparison() -> Comparison {
    let failed = Run { seed: 1, failed: Some("oops".into()), ..Run::default() };
    Comparison {
        dataset: "d".into(),
        target: "y".into(),
        seeds: vec![0, 1],
        metrics: USUAL_METRICS.to_vec(),
        methods: vec![method("Vanilla", vec![run(0, 1.0), run(1, 2.0)]), method("INV", vec![run(0, 0.5), failed])],
        ..Comparison::default()
    }
}

fn printed(of_these_data: bool) -> Printed {
    let row = |method: &str, cells: [&str; 2]| PrintedRow {
        method: method.into(),
        title: method.to_uppercase(),
        cells: cells.map(String::from).to_vec(),
    };
    Printed {
        source: "somewhere, table 9".into(),
        of_these_data,
        columns: ["mae_all", "gm_few"].map(|name| name.parse().expect("a column")).to_vec(),
        rows: vec![row("vanilla", ["8.06", ""]), row("inv", ["7.10", "3.25"])],
        gains: Some(PrintedRow { method: String::new(), ..row("gain", ["+0.96", ""]) }),
    }
}

fn narrow(text: &str) -> bool {
    text.lines().all(|line| line.chars().count() <= 120)
}

#[test]
fn many_metrics_stand_below_each_other() {
    let metrics = vec![Metric::Mse, Metric::Mae, Metric::Pearson, Metric::Bmse];
    let table = ComparisonTable::new(&Comparison { metrics, ..comparison() });
    let text = table.to_text();
    assert!(narrow(&text), "{text}");
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("method")).collect();
    assert!(heads.len() == 2 && heads[0].contains("MAE few") && heads[1].ends_with("bMSE"), "{text}");
    // Two rows correlate by 1 or -1: vanilla's seeds by 1 and -1, INV's by 1, and higher is better.
    let pearson = |line: usize| table.tables[0].lines[line].cells[8].clone().expect("a number");
    assert!(pearson(0).value.starts_with("0.000") && !pearson(0).best, "{text}");
    assert!(pearson(1).value.starts_with("1.000") && pearson(1).best, "{text}");
}

#[test]
fn means_deviations_and_the_best() {
    let table = ComparisonTable::new(&comparison());
    // Many: errors 1 and 2 of vanilla, 0.5 of INV, whose other seed failed. The deviation of 1 and 2 is √½.
    let cell = |value: &str, deviation: Option<&str>, best| {
        Some(Cell { value: value.into(), deviation: deviation.map(String::from), best })
    };
    let lines = &table.tables[0].lines;
    assert_eq!(lines[0].cells[1], cell("1.500", Some("0.707"), false));
    assert_eq!(lines[1].cells[1], cell("0.5000", None, true));
    assert_eq!(lines[0].cells[2], None); // no medium-shot rows
    let text = table.to_text();
    assert!(narrow(&text) && text.contains("many 1") && text.ends_with("means:\n  INV, seed 1: oops\n"), "{text}");
    assert!(table.to_markdown().contains("**0.5000**") && table.to_markdown().ends_with("- INV, seed 1: oops\n"));
    assert!(table.to_latex().ends_with("% Failed, and not in the means: INV, seed 1: oops\n"));
}

#[test]
fn printed_numbers_stand_below_ours() {
    let gains = Some(Gains { title: "INV vs Vanilla".into(), methods: vec!["inv".into()] });
    let table = ComparisonTable::new(&Comparison { printed: Some(printed(true)), gains, ..comparison() });
    let lines = |text: &str, start: &str| -> Vec<String> {
        text.lines().filter(|line| line.trim_start().starts_with(start)).map(String::from).collect()
    };
    // Means of all rows: (1.5 + 0.5) / 2 of vanilla, (0.5 + 0.5) / 2 of INV.
    let text = table.to_text();
    assert!(narrow(&text) && lines(&text, "INV vs Vanilla")[0].contains("+0.500"), "{text}");
    assert_eq!(lines(&text, "paper").len(), 3, "{text}");
    assert!(text.contains("Lines \"paper\": somewhere, table 9.\n"), "{text}");
    let markdown = table.to_markdown();
    assert_eq!(lines(&markdown, "| *paper* ")[0], "| *paper* | *8.06* |  |  |  |  |  |  |  |  |");
    assert_eq!(lines(&table.to_latex(), r"\quad\textit{paper}")[1].matches(r"\textit").count(), 3);
    let [(None, html)] = &table.to_html()[..] else { panic!("one table") };
    assert_well_formed(html);
    assert_eq!(html.matches("class=\"printed\"").count(), 3);
}

#[test]
fn printed_numbers_of_other_data_stand_apart() {
    let table = ComparisonTable::new(&Comparison { printed: Some(printed(false)), ..comparison() });
    let heading = "Paper (real data): somewhere, table 9";
    let text = table.to_text();
    let (ours, theirs) = text.split_once(heading).expect("a heading");
    assert!(!ours.contains("8.06") && theirs.contains("8.06\n") && theirs.contains("7.10*"), "{text}");
    assert!(theirs.lines().last().is_some_and(|line| line.starts_with("GAIN") && line.ends_with("+0.96")), "{text}");
    let markdown = table.to_markdown();
    assert!(markdown.contains(&format!("**{heading}**")) && markdown.contains("| VANILLA | 8.06 |  |"), "{markdown}");
    assert!(table.to_latex().contains(&format!("% {heading}\n\\begin{{tabular}}{{lrr}}")));
    let html = table.to_html();
    assert_eq!(html.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(), [None, Some(heading)]);
    html.iter().for_each(|(_, table)| assert_well_formed(table));
}

#[test]
fn groups_have_their_own_best_and_areas_their_own_rows() {
    let mut comparison = Comparison { areas: Areas::Seen, metrics: vec![Metric::Mae], ..comparison() };
    comparison.methods = [("Vanilla", 1.0), ("INV", 0.5), ("LDS", 3.0)]
        .map(|(title, shift)| method(title, vec![run_unseen(0, shift)]))
        .to_vec();
    comparison.methods[2].group = Some("other".into());
    let table = ComparisonTable::new(&comparison);
    let best = |line: usize| table.tables[0].lines[line].cells[0].as_ref().is_some_and(|cell| cell.best);
    assert_eq!([best(0), best(1), best(2)], [false, true, true]);
    assert!(table.tables[0].lines[2].rule && !table.tables[0].lines[1].rule);
    let text = table.to_text();
    assert!(text.contains("MAE extrap") && text.contains("with data 1, interpolation 0, extrapolation 1"), "{text}");
    assert_eq!(table.rows_of(Area::Shot(Region::All)), "2");
    // Rows of another line's own training density.
    comparison.methods[2].runs[0].unseen = None;
    let text = ComparisonTable::new(&comparison).to_text();
    assert!(
        text.contains("all 2, interpolation 0, with data, extrapolation by the training rows of each line."),
        "{text}"
    );
}

#[test]
fn every_number_is_a_line() {
    let mut comparison = comparison();
    comparison.methods[1].runs[0] = run_unseen(0, 0.5);
    let csv = to_csv(&comparison);
    assert!(
        csv.starts_with("method,seed,metric,region,value\nvanilla,0,mae,all,0.75\nvanilla,0,mae,many,1\n"),
        "{csv}"
    );
    assert!(csv.contains("\ninv,0,mae,extrapolation,0.5\n") && !csv.contains("inv,1,"), "{csv}");
    // Where something is unseen, the table has columns for it too.
    let text = ComparisonTable::new(&comparison).to_text();
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("method")).collect();
    assert!(heads[0].ends_with("bMAE") && heads[1].ends_with("MAE extrap    GM data  GM interp  GM extrap"), "{text}");
}

#[test]
fn titles_with_special_characters() {
    let mut comparison = comparison();
    comparison.methods[1].title = "50% \"a_b\", c|d & <e> ".repeat(3);
    comparison.methods[1].method = "a,b".into();
    let table = ComparisonTable::new(&comparison);
    assert!(narrow(&table.to_text()), "{}", table.to_text());
    assert!(to_csv(&comparison).contains("\n\"a,b\",0,mae,all,0.5\n"));
    assert!(table.to_markdown().contains(r"c\|d"), "{}", table.to_markdown());
    assert_well_formed(&table.to_html()[0].1);
    let latex = table.to_latex();
    assert!(latex.contains(r#"50\% "a\_b", c|d \& <e>"#) && latex.contains(r"\textbf{0.5000}"), "{latex}");
    let ends = latex.lines().filter(|line| line.ends_with(r"\\")).count();
    assert_eq!((ends, latex.matches(r"\cmidrule(lr){2-5}\cmidrule(lr){6-9}\cmidrule(lr){10-10}").count()), (4, 1));
}

/// A run whose two test rows, one per bin, stand for 90 and 10 % of 1,000 rows.
fn with_natural(run: Run, errors: [f64; 2]) -> Run {
    let weights = NaturalWeights::new(&[900, 100], &[50, 50]).expect("valid").expect("has rows");
    let predictions = [TARGETS[0] + errors[0], TARGETS[1] + errors[1]];
    let found = natural_errors((&TARGETS, &predictions), &[0, 1], &[Shot::Many, Shot::Few], &weights, None);
    let natural = Natural {
        spread: weights.spread(),
        data_rows: 1000,
        without_test_rows: 0.04,
        regions: Some(found.expect("valid")),
    };
    Run { natural: Some(natural), ..run }
}

/// By hand: Vanilla errs by 1 and 0.5, so 0.9 · 1 + 0.1 · 0.5 = 0.95 of natural rows; the median by 3 and 0.5, 2.75.
fn with_baselines() -> Comparison {
    let runs = vec![with_natural(run(0, 1.0), [1.0, 0.5])];
    let median = with_natural(run(0, 3.0), [3.0, 0.5]);
    let median = Baseline {
        kind: BaselineKind::Median,
        regions: median.regions.expect("valid"),
        unseen: None,
        natural: median.natural,
    };
    Comparison { methods: vec![method("Vanilla", runs)], baselines: vec![median], ..comparison() }
}

#[test]
fn natural_errors_and_baselines_stand_in_every_form() {
    let comparison = with_baselines();
    let table = ComparisonTable::new(&comparison);
    let cells = |table: usize, line: usize| -> Vec<String> {
        table_cells(&ComparisonTable::new(&comparison).tables[table].lines[line])
    };
    assert_eq!(cells(0, 0)[..4], ["0.7500", "1.000", "-", "0.5000"]);
    assert_eq!(cells(0, 1)[..4], ["1.750", "3.000", "-", "0.5000"]);
    assert_eq!(cells(1, 0), ["0.9500", "1.000", "-", "0.5000"]);
    assert_eq!(cells(1, 1), ["2.750", "3.000", "-", "0.5000"]);
    let stars: Vec<bool> = table.tables[0].lines[1].cells.iter().flatten().map(|cell| cell.best).collect();
    assert!(table.tables[0].lines[1].rule && stars.iter().all(|best| !best), "a baseline is no method");
    // (0.9 / 0.5 + 0.1 / 0.5)² / (1.8² + 0.2²) = 4 / 3.28.
    let heading = "Natural distribution: the same test rows, re-weighted to the spread of all 1000 rows over the target; 4 % of the \
                   data are in bins without test rows. Effective test rows: all 1, many 1, few 1";
    let html = table.to_html();
    assert_eq!(html.iter().map(|(heading, _)| *heading).collect::<Vec<_>>(), [None, Some(heading)]);
    html.iter().for_each(|(_, table)| assert_well_formed(table));
    for form in [table.to_text(), table.to_markdown(), table.to_latex()] {
        assert!(form.contains(heading) && form.matches("Median (baseline)").count() == 3, "{form}");
        assert!(form.contains("Balanced test rows: all 2, many 1"), "{form}");
        assert!(form.contains("Median (baseline): the median of the training targets for every row."), "{form}");
    }
    let csv = to_csv(&comparison);
    assert!(csv.contains("\nvanilla,0,natural_bias,few,0.5\n"), "{csv}");
    assert!(
        csv.contains("\nbaseline:median,,mae,all,1.75\n") && csv.contains("\nbaseline:median,,natural_mae,all,2.75"),
        "{csv}"
    );
}

fn table_cells(line: &Line) -> Vec<String> {
    line.cells.iter().map(|cell| cell.as_ref().map_or("-".into(), |cell| cell.value.clone())).collect()
}

#[test]
fn test_rows_that_are_natural_are_told_once() {
    let mut comparison = with_baselines();
    let natural =
        |run: Option<Natural>| run.map(|natural| Natural { spread: TestSpread::Natural, regions: None, ..natural });
    let run = &mut comparison.methods[0].runs[0];
    run.natural = natural(run.natural);
    comparison.baselines[0].natural = natural(comparison.baselines[0].natural);
    let text = ComparisonTable::new(&comparison).to_text();
    assert!(text.contains("Test rows (natural distribution): all 2, many 1"), "{text}");
    assert_eq!(text.matches("Median (baseline)").count(), 2, "one line and its meaning: {text}");
    assert!(text.contains("The test rows are spread over the target as all 1000 rows are"), "{text}");
    assert!(!to_csv(&comparison).contains("natural_"));
}
