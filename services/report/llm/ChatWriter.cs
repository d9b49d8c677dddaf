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
/// A writer that asks a chat model. Not deterministic: neither a server nor a GPU promises the same text for the same seed, so the first
/// text that a pair commits is the one that stays. The version is the model's name; the digest covers the prompts and the sampling options,
/// because the weights of a model on another machine can't be read.
/// </summary>
/// <param name="name">One of <see cref="ReportWriterNames"/>.</param>
/// <param name="model">Name of the LLM.</param>
/// <param name="client">Sends the conversations to it.</param>
/// <param name="sampling">Options of every call; the seed is added.</param>
/// <param name="concurrency">Sections written at the same time; more wait. The service limits how many requests may wait.</param>
/// <param name="translate">Turns an exception of the client into the one that the caller gets; null passes the exception on.</param>
internal sealed class ChatWriter(string name, string model, IChatClient client, ChatOptions sampling, int concurrency,
    Func<Exception, MeshException?> translate)
    : IReportWriter, IDisposable
{
    private readonly SemaphoreSlim _slots = new(concurrency);

    public string Name => name;

    public string Version => model;

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{name}\n{model}\n{sampling.Temperature}\n{sampling.MaxOutputTokens}\n{PromptTemplates.AllText}"))));

    public bool Deterministic => false;

    public async IAsyncEnumerable<string> WriteAsync(SectionRequest section, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var options = sampling.Clone();
        options.Seed = SamplingSeed(section);
        await _slots.WaitAsync(cancellation);
        try
        {
            await using var answer = client.GetStreamingResponseAsync(PromptTemplates.BuildConversation(section), options, cancellation)
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
        catch (Exception failure) when (!cancellation.IsCancellationRequested && translate(failure) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>A seed of 31 bits, because not every server takes more.</summary>
    private static long SamplingSeed(SectionRequest section) =>
        (long)(new SplitMix64(section.Request.Seed ^ ((ulong)section.Step << 32) ^ (uint)section.Attempt).Next() >> 33);
}
