using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Llm;

/// <summary>
/// Writes with a chat model. Not deterministic: neither a server nor a GPU promises the same text for the same seed, so of a pair's
/// attempts the first that is committed counts. The version is the model's name, the digest covers prompts and sampling; nobody can tell
/// the digest of weights that run elsewhere.
/// </summary>
/// <param name="name">A name of <see cref="ReportWriterNames"/>.</param>
/// <param name="model">The LLM's name.</param>
/// <param name="client">Talks to it.</param>
/// <param name="sampling">Options of every call; the seed is added.</param>
/// <param name="concurrency">Sections written at once; more wait. How many reports can wait is bounded where calls are admitted.</param>
/// <param name="refusal">What an exception of the client is to the caller; null leaves it as it is.</param>
internal sealed class ChatWriter(string name, string model, IChatClient client, ChatOptions sampling, int concurrency,
    Func<Exception, MeshException?> refusal)
    : IReportWriter, IDisposable
{
    private readonly SemaphoreSlim _slots = new(concurrency);

    public string Name => name;

    public string Version => model;

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{name}\n{model}\n{sampling.Temperature}\n{sampling.MaxOutputTokens}\n{PromptTemplates.AllText}"))));

    public bool Deterministic => false;

    public async IAsyncEnumerable<string> WriteAsync(SectionRequest task, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = sampling.Clone();
        options.Seed = SamplingSeed(task);
        await _slots.WaitAsync(cancellation);
        try
        {
            await using var answer = client.GetStreamingResponseAsync(PromptTemplates.BuildConversation(task), options, cancellation)
                .GetAsyncEnumerator(cancellation);
            while (await NextAsync(answer, cancellation))
            {
                if (answer.Current.Text.Length > 0)
                    yield return answer.Current.Text;
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    public void Dispose()
    {
        client.Dispose();
        _slots.Dispose();
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> answer, CancellationToken cancellation)
    {
        try
        {
            return await answer.MoveNextAsync();
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && refusal(failure) is { } known)
        {
            throw known;
        }
    }

    /// <summary>31 bits, which every server takes.</summary>
    private static long SamplingSeed(SectionRequest task) =>
        (long)(new SplitMix64(task.Request.Seed ^ ((ulong)task.Step << 32) ^ (uint)task.Attempt).Next() >> 33);
}
