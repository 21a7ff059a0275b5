using Hdms.Communication;
using Hdms.Contracts;
using Hdms.Files;
using Hdms.Kit.Hosting;
using Hdms.Tickets;
using Hdms.Users;
using Hdms.Views;

namespace Hdms.Cli.Hosting;

/// <summary>Every service, as this program runs it.</summary>
internal static class AllServices
{
    public static readonly IReadOnlyList<ServiceDefinition> Definitions =
        [UsersService.Definition, TicketsService.Definition, CommunicationService.Definition, FilesService.Definition, ViewsService.Definition];

    public static IReadOnlyList<Service> Contracts { get; } = [.. Definitions.Select(d => d.Service)];

    /// <summary>The one of this name, or all for null.</summary>
    public static IReadOnlyList<ServiceDefinition> Named(string? name)
    {
        if (name is null)
            return Definitions;
        var found = Definitions.FirstOrDefault(d => d.Service.Name == name);
        return found is not null
            ? [found]
            : throw new OneLineError($"There is no service '{name}'; there are: {string.Join(", ", Contracts.Select(s => s.Name))}.", ExitCode.WrongUsage);
    }
}
