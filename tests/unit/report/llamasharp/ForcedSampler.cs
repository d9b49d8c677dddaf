using LLama.Native;
using LLama.Sampling;

namespace SynCxr.Mesh.Report.Tests.LlamaSharp;

/// <summary>
/// Gives recorded tokens one by one, whatever the logits, and notes which token was the best at each step: greedy texts of another build
/// can only be compared so.
/// </summary>
internal sealed class ForcedSampler(int[] tokens) : ISamplingPipeline
{
    /// <summary>The best token at each step.</summary>
    public List<int> Best { get; } = [];

    /// <summary>The logit of the best token at each step.</summary>
    public List<float> TopLogits { get; } = [];

    public LLamaToken Sample(SafeLLamaContextHandle ctx, int index)
    {
        var logits = ctx.GetLogitsIth(index);
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
            best = logits[i] > logits[best] ? i : best;
        Best.Add(best);
        TopLogits.Add(logits[best]);
        return Best.Count <= tokens.Length ? tokens[Best.Count - 1] : ctx.Vocab.EOS!.Value;
    }

    public void Apply(SafeLLamaContextHandle ctx, LLamaTokenDataArray data) => throw new NotSupportedException();

    public void Apply(SafeLLamaContextHandle ctx, ref LLamaTokenDataArrayNative data) => throw new NotSupportedException();

    public void Reset()
    {
    }

    public void Accept(LLamaToken token)
    {
    }

    public void Dispose()
    {
    }
}
