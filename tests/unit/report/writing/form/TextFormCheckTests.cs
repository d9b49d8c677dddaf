using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.Llm;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Report.Writing.Form;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Writing.Form;

public sealed class TextFormCheckTests
{
    [Theory]
    [InlineData("form", "is a list", "- Present: consolidation in the left lower lobe\n- absent: pneumothorax")]
    [InlineData("form", "is a list", "* Consolidation.")]
    [InlineData("form", "is a list", "1. - Consolidation.")]
    [InlineData("form", "repeats the list", "Present: consolidation.")]
    [InlineData("form", "repeats the list", "Absent or normal: no pneumothorax.")]
    [InlineData("form", "repeats the list", "1. Present: consolidation.")]
    [InlineData("form", "heading", "FINDINGS: There is consolidation.")]
    [InlineData("form", "heading", "Findings:\nThere is consolidation.")]
    [InlineData("form", "heading", "There is consolidation.\n\nIMPRESSION: Consolidation.")]
    [InlineData("form", "heading", "There is consolidation.\nHISTORY: Cough.")]
    [InlineData("form", "heading", "There is consolidation.\nElectronically signed by Dr. A.")]
    [InlineData("form", "markup", "```\nThere is consolidation.\n```")]
    [InlineData("form", "markup", "**There is consolidation.**")]
    [InlineData("form", "markup", "## Chest\nThere is consolidation.")]
    [InlineData("form", "markup", "| lung | consolidation |")]
    [InlineData("form", "markup", "There is consolidation.</s>")]
    [InlineData("form", "markup", "<b>There is consolidation.</b>")]
    [InlineData("form", "markup", "[INST] There is consolidation. [/INST]")]
    [InlineData("form", "data or a quotation", "{\"findings\": \"There is consolidation.\"}")]
    [InlineData("form", "data or a quotation", "\"There is consolidation.\"")]
    [InlineData("form", "answer to somebody", "Sure, there is consolidation.")]
    [InlineData("form", "answer to somebody", "Here are the findings. There is consolidation.")]
    [InlineData("form", "answer to somebody", "Certainly! There is consolidation.")]
    [InlineData("form", "answer to somebody", "I'm a radiologist. There is consolidation.")]
    [InlineData("form", "speaks of its task", "There is consolidation. Let me know if you need more.")]
    [InlineData("form", "speaks of its task", "There is consolidation. As an AI, I can't diagnose.")]
    [InlineData("form", "U+0007", "There is consolidation.\u0007")]
    [InlineData("form", "U+FFFD", "There is cons\uFFFDlidation.")]
    [InlineData("form", "U+200B", "There is cons\u200Bolidation.")]
    [InlineData("form", "U+202E", "There is consolidation\u202E.")]
    [InlineData("form", "ends in the middle", "There is consolidation. There is no")]
    [InlineData("form", "begins in the middle", "and there is consolidation.")]
    [InlineData("form", "3 times", "There is no effusion. There is no effusion. There is no effusion.")]
    [InlineData("special_token", "special token", "There is consolidation.<|im_end|>")]
    [InlineData("empty", "is empty", " \n ")]
    public void FindFault_NoSection_IsRefusedWithItsReason(string fault, string problem, string text)
    {
        var found = TextFormCheck.FindFault(text);
        Assert.Equal(fault, found?.Name);
        Assert.Contains(problem, found!.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("There is consolidation.")]
    [InlineData("There is consolidation.\nNo pneumothorax.")]
    [InlineData("1. Consolidation.\n2. No pneumothorax.")]
    [InlineData("Lungs: There is consolidation. Heart: The heart is normal in size.")]
    [InlineData("The nodule is < 5 mm and the effusion > 2 cm.")]
    [InlineData("There is a 5 mm nodule (calcified).")]
    [InlineData("L1 is collapsed. The patient's clips are seen.")]
    [InlineData("THERE IS CONSOLIDATION.")]
    [InlineData("There is consolidation. No effusion. No effusion.")]
    [InlineData("Épanchement is not seen.")]
    [InlineData("No evidence of disease is present: the lungs are clear.")]
    public void FindFault_Section_IsNone(string text) => Assert.Null(TextFormCheck.FindFault(text));

    /// <summary>The form of the writer that every other is measured by; and of each frame that a small model chooses among.</summary>
    [Fact]
    public async Task FindFault_GrammarsOwnTexts_IsNone()
    {
        var entities = EntityVocabulary.Shipped.Entities;
        var stream = new SplitMix64(7);
        for (ulong seed = 0; seed < 400; seed++)
        {
            var set = stream.Shuffled(entities).Take(4).DistinctBy(e => e.Concept).ToList();
            var request = new ReportRequest { Entities = set, Seed = seed };
            foreach (var step in new[] { ReportStep.Findings, ReportStep.Impression })
            {
                var section = new SectionRequest(request, step, 1, set, null, null);
                var text = "";
                await foreach (var piece in new GrammarWriter().WriteAsync(section, TestContext.Current.CancellationToken))
                    text += piece.Text;
                Assert.True(TextFormCheck.FindFault(text) is null, $"{TextFormCheck.FindFault(text)?.Problem}: {text}");
                Assert.StartsWith("root ::= s0", SectionGbnf.Build(section), StringComparison.Ordinal);
            }
        }
    }
}
