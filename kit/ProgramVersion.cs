using System.Reflection;

namespace Hdms.Kit;

/// <summary>The program's version, as backups, schema histories and <c>hdms version</c> give it.</summary>
public static class ProgramVersion
{
    /// <summary><c>0.1.0</c>; what a build adds after a plus sign is left out.</summary>
    public static readonly string Text =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
