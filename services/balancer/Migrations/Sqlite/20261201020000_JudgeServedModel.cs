using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SynCxr.Mesh.Balancer.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class JudgeServedModel : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "JudgeServedModel",
                table: "datasets",
                type: "TEXT",
                nullable: false,
                defaultValue: "");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "JudgeServedModel",
                table: "datasets");
        }
    }
}
