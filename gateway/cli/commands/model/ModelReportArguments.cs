using System.CommandLine;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>The models of a report. Those that are found as folders are what a mesh inside this command runs with.</summary>
internal sealed class ModelReportArguments
{
    private readonly List<string> _settings = [];
    private readonly string? _kind;

    public ModelReportArguments(ParseResult parsed, string name, string generator, string judge)
    {
        var measured = ModelFolderCommands.FindModel(parsed, name);
        Name = measured?.Card.Name ?? name;
        _kind = measured?.Card.Kind;
        Generator = ResolveModel(generator.Length > 0
            ? ModelFolderCommands.FindModel(parsed, generator) : _kind == ModelKindNames.LatentDiffusion ? measured : null, generator);
        Judge = ResolveModel(judge.Length > 0 ? ModelFolderCommands.FindModel(parsed, judge) : _kind == ModelKindNames.QualityJudge
            ? measured : null, judge);
    }

    /// <summary>Name of the model that is measured.</summary>
    public string Name { get; }

    /// <summary>Empty for the mesh's default.</summary>
    public string Generator { get; }

    /// <summary>Empty for the mesh's default.</summary>
    public string Judge { get; }

    /// <summary>For a mesh that this command starts.</summary>
    public IReadOnlyList<string> Settings => _settings;

    /// <summary>Whether the measured model draws; asks the mesh where no folder tells.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: neither here nor in the mesh.</exception>
    public async Task<bool> IsGeneratorAsync(MeshConnection mesh, CancellationToken cancellation)
    {
        if (_kind is not null)
            return _kind == ModelKindNames.LatentDiffusion;
        var generators = (await new DiffusionService.DiffusionServiceClient(mesh.Invoker).ListModelsAsync(
            new Diffusion.V1.ListModelsRequest(), cancellationToken: cancellation)).Models;
        if (generators.Any(m => m.Name == Name))
            return true;
        var judges = (await new CurationService.CurationServiceClient(mesh.Invoker).ListModelsAsync(new Curation.V1.ListModelsRequest(),
            cancellationToken: cancellation)).Models;
        return judges.Any(m => m.Name == Name)
            ? false
            : throw MeshException.Invalid("name",
                $"no folder of a model '{Name}', and the mesh runs {string.Join(", ", generators.Concat(judges).Select(m => m.Name))}");
    }

    private string ResolveModel(ModelFolder? folder, string name)
    {
        if (folder is null)
            return name;
        _settings.AddRange(folder.Card.Kind == ModelKindNames.LatentDiffusion
            ? [$"Diffusion:ModelPaths:0={folder.Path}", $"Curation:GeneratorPaths:0={folder.Path}"]
            : [$"Curation:ModelPath={folder.Path}"]);
        return folder.Card.Name;
    }
}
