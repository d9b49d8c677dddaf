using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.Tokenizer;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Tokenizer;

/// <summary>
/// The trainer writes a tokenizer, the diffusion service reads it: the ids must be the same for every text, or a prompt means something
/// else.
/// </summary>
public sealed class ClipTokenizerAgreementTests
{
    private static readonly string[] _awkward =
    [
        "", " \t\n ", "  Small LEFT\n pleural   effusion; no pneumothorax.", "The heart isn't enlarged, ratio 0.48\n\tcm.",
        "it's we'll they'd I'M",
        "Ø 3.5 µm — naïve", "Ωмъл 中文 zebra!? 3", "???!!!...", "<|endoftext|> <|startoftext|>", "a\u00a0b\u2003c",
        string.Join(' ', Enumerable.Repeat("pneumonia", 200)),
    ];

    [Fact]
    public void Tokenize_WhatTheTrainerSaved_GivesTheTrainersIds()
    {
        using var folder = new ScratchFolder();
        string[] texts = [.. EntityVocabulary.Shipped.Entities.SelectMany(e => e.Synonyms.Append(e.Term)), .. _awkward];
        var trainer = ClipMerges.TrimTo(texts.Take(200));
        ClipMerges.WriteWithNotice(trainer, folder.Path);
        var diffusion = new ClipTokenizer(ClipTokenizerFiles.Read(folder.Path, ClipMerges.PromptLength));
        Assert.All(texts, text =>
        {
            var written = trainer.Tokenize(text);
            var read = diffusion.Tokenize(text);
            Assert.Equal(written.Ids, read.Ids);
            Assert.Equal((written.Count, written.Truncated), (read.Count, read.Truncated));
        });
    }
}
