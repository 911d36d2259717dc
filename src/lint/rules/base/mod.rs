//! Rules about base image and size.

mod bases;
mod needs;

super::family! {
    sg401_untagged_base
    sg402_floating_tag
    sg403_end_of_life_base
    sg404_smaller_variant_exists
    sg405_toolchain_in_final_image
}
